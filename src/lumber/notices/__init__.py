"""Notices: webhooks and e-mails that tell of completed, failed and held exports and of paused schedules.

`lumber.exports.announcing` writes what happened into an outbox, in the transaction in which it happens. This
package manages the notices, and sends what is in the outbox.
"""
