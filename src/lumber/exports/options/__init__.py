"""The parts of an ExportConfig that have fields of their own. Their defaults change nothing."""
