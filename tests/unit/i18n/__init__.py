"""worker/i18n."""
