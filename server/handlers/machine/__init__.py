"""The interface for hospitals' own systems (docs/machine-api.md): signed requests, shaped after FHIR."""
