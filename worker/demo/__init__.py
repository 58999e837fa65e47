"""The embedded demo ERP: a small Korean web ERP with every fault the worker must survive."""
