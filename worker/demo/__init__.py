"""The embedded ERP: what a newcomer sees first and what the tests are judged by."""
