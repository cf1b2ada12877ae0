"""Notices: what somebody should hear of, the inbox in the app, and the queue to mail and chat."""
