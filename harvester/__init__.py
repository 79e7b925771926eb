"""harvester: bibliographic metadata harvester and citation tracker."""

__version__ = "0.1.0"
