"""The connectors of juki-hub: one room per system; every room imports only `connectors.kit`."""
