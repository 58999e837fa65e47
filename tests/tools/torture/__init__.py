"""The torture: real trees, real faults at random steps, judged by the demo ERP's own books."""
