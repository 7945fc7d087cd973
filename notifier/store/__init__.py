"""All that is kept, behind one interface. Only this package speaks SQL."""

from notifier.store.assessments import Assessed, ToAssess
from notifier.store.digests import DigestRun
from notifier.store.notices import NoticeVersion
from notifier.store.publications import Published
from notifier.store.sights import Sight
from notifier.store.store import Store

__all__ = ["Assessed", "DigestRun", "NoticeVersion", "Published", "Sight", "Store", "ToAssess"]
