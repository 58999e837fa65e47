"""The always-on job: reads card payments from a web ERP and posts each as a deposit, once."""
