"""The workbench: server-rendered pages for administrators."""
