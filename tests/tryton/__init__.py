"""A real ERP that nobody here wrote: Tryton, installed by ./scripts/tryton, judged by its books."""
