"""The tables of the store. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .counters import Counters
from .times import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Those that came after the first tables, with what older Runs have there.
_NEWER_COUNTERS = {"blocked": "0"}

spaces = Table(
    "spaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created", UtcDateTime, nullable=False),
)

# Immutable, by trigger: what a version or a Run says that it ran is what it ran.
definitions = Table(
    "definitions",
    metadata,
    Column("content_hash", String(64), primary_key=True),
    Column("text", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("space_id", ForeignKey("spaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("active_version", Integer),
    Column("archived", Boolean, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    UniqueConstraint("space_id", "name"),
    sqlite_autoincrement=True,  # an agentId is never given twice
)

# Immutable, by trigger.
agent_versions = Table(
    "agent_versions",
    metadata,
    Column("agent_id", ForeignKey("agents.id"), primary_key=True),
    Column("version_number", Integer, primary_key=True, autoincrement=False),
    Column("content_hash", ForeignKey("definitions.content_hash"), nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

# What became of an Agent, and who did it. Immutable, by trigger.
agent_log = Table(
    "agent_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("version_number", Integer),
    Column("detail", Text, nullable=False),
    Index(None, "agent_id", "id"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("space_id", ForeignKey("spaces.id")),
    Column("agent_id", ForeignKey("agents.id")),
    Column("agent_name", Text, nullable=False),
    Column("version_number", Integer),
    Column("content_hash", ForeignKey("definitions.content_hash"), nullable=False),
    Column("started_by", Text, nullable=False),
    Column("status", SmallInteger, nullable=False, index=True),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("start_time", UtcDateTime, nullable=False),
    Column("end_time", UtcDateTime),
    Column("heartbeat", UtcDateTime, nullable=False),
    Column("message", Text, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("log_file", Text),
    # Of scrapyd, or of whatever else started the process.
    Column("job_id", Text),
    # What a restart needs beside the definition and the inputs.
    Column("arguments", JSON),
    # How many processes have worked on it: only the last of them may write.
    Column("epoch", Integer, nullable=False, server_default="0"),
    # When a stop that was asked for becomes a kill.
    Column("kill_time", UtcDateTime),
    *(
        Column(name, BigInteger, nullable=False, server_default=_NEWER_COUNTERS.get(name))
        for name in Counters.names()
    ),
    Index(None, "agent_id", "id"),
    Index(None, "agent_name", "id"),
    Index(None, "space_id", "id"),
    Index(None, "start_time"),
    sqlite_autoincrement=True,  # a runId is never given twice
)

records = Table(
    "records",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("record_type", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("reasons", LargeBinary),
)

run_events = Table(
    "run_events",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("level", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("first_time", UtcDateTime, nullable=False),
    Column("last_time", UtcDateTime, nullable=False),
    Column("count", BigInteger, nullable=False),
)

run_health = Table(
    "run_health",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("ran", BigInteger, nullable=False),
    Column("matched", BigInteger, nullable=False),
    Column("missed", BigInteger, nullable=False),
    Column("fallback", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
)

# In how many records of a type a field has a value; the field "" counts the records.
run_fields = Table(
    "run_fields",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("record_type", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("present", BigInteger, nullable=False),
)

# The files of a Run; paths are those inside the Run's own folder.
run_files = Table(
    "run_files",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

# The requests of a durable Run; one without data is done, and only its fingerprint counts.
run_requests = Table(
    "run_requests",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", LargeBinary),
    Column("data", LargeBinary),
)

# Records that were written before all that their request brings: a restart takes them out again.
run_parts = Table(
    "run_parts",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
)

# What else is kept of a Run, by name: its cookies, until its end; where its commands first found nothing.
run_state = Table(
    "run_state",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
