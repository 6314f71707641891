"""nginx as the switch between two slots: shares and the canary header, changed without a reload."""
