"""Every table of the product: importing this module maps them all, before two threads could begin to at once."""

from sqlalchemy.orm import configure_mappers

import core.accounts.duty_models
import core.accounts.preference_models
import core.analytics.alerts.models
import core.analytics.explorer.models
import core.analytics.findings.models
import core.attachments.models
import core.audit.models
import core.care.models
import core.catalog.models
import core.customers.models
import core.exchange.models
import core.fields.models
import core.jobs.models
import core.notify.models
import core.ops.backups.models
import core.ops.models
import core.ops.seal_models
import core.ops.watch_models
import core.pricing.limit_models
import core.pricing.models
import core.receivables.link_models
import core.receivables.models
import core.receivables.reminder_models
import core.receivables.statement_models
import core.sales.amend_models
import core.sales.approval_models
import core.sales.fulfilment_models
import core.sales.models
import core.sales.reallocation.models
import core.sales.returns.models
import core.sales.template_models
import core.sales.text_models
import core.sales.trial_models
import core.security.models
import core.stock.costs.models
import core.stock.counts.models
import core.stock.models
import core.stock.transfers.models
import core.suppliers.models
import core.team.models
import core.work.models  # noqa: F401

configure_mappers()
