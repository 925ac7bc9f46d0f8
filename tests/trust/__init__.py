"""Nothing breaks it, nothing gets out: what a hostile, changing or broken history must not be able to do."""
