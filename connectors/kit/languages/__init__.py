"""The languages that partner systems speak, a file each: the connector's half (`Partner`) and the simulator's (`Service`)."""
