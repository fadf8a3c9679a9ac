"""The commands of articlebot."""
