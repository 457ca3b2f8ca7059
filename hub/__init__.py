"""juki-hub: a message hub for one municipality that can prove what it carried (docs/why.md)."""

__version__ = "0.1.0"
