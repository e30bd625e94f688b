import type { Timeline } from '@/features/new-export/timeline'
import type { KeyRecord, UserRecord } from '@/lib/api/accounts'
import type { Dataset, DatasetDetails } from '@/lib/api/datasets'
import type { ExportDetails, PreviewReport, ProgressReport } from '@/lib/api/exports'
import type { SourceRecord } from '@/lib/api/ingest'
import type { Destination } from '@/lib/api/destinations'
import type { Source } from '@/lib/api/sources'
import type { NamedDataset, Version } from '@/lib/api/named-datasets'
import type { Delivery, Notice } from '@/lib/api/notices'
import type { Policy } from '@/lib/api/policies'
import type { Schedule, ScheduleRun } from '@/lib/api/schedules'
import type { Account, SessionDocument } from '@/lib/api/session'

/** Answers of the service for tests, complete and changed where a test needs it. */

/** What an attacker may write into a log line. */
export const HOSTILE = '<img src=x onerror="window.isHacked = true">'

export function aDataset(changes: Partial<Dataset> = {}): Dataset {
  return {
    kind: 'logs',
    title: 'Logs',
    description: 'Lines that devices and services wrote.',
    rows: 20_000,
    is_estimate: false,
    first: '2026-01-01T00:00:48.776001Z',
    last: '2026-01-31T23:00:00Z',
    ...changes,
  }
}

export function datasetDetails(changes: Partial<DatasetDetails> = {}): DatasetDetails {
  return {
    ...aDataset(),
    time_column: 'timestamp',
    process_column: 'process_name',
    level_column: 'log_level',
    columns: [
      {
        name: 'message',
        type: 'string',
        is_nullable: false,
        is_json: false,
        description: 'The text of the line.',
      },
    ],
    added: {
      labels: [
        { name: 'label', type: 'int8', is_nullable: true, is_json: false, description: '1: an anomaly.' },
      ],
    },
    filters: [
      {
        name: 'process_name',
        type: 'text',
        operators: ['eq', 'ne', 'in', 'not_in', 'contains', 'is_null'],
        allowed: [],
        description: 'The program that wrote the line.',
        known: {
          values: [
            { value: 'sshd', rows: 1740 },
            { value: 'nginx', rows: 4469 },
          ],
          total: 2,
          is_estimate: false,
          is_complete: true,
        },
      },
      {
        name: 'message',
        type: 'text',
        operators: ['eq', 'contains', 'is_null'],
        allowed: [],
        description: 'The text of the line.',
        known: null,
      },
    ],
    ...changes,
  }
}

/** A file that was loaded, with two rejected lines. */
export function aSource(changes: Partial<SourceRecord> = {}): SourceRecord {
  return {
    source_id: 'logs-1',
    kind: 'logs',
    name: 'auth.log',
    is_complete: true,
    bytes: 104_857_600,
    lines: 1200,
    loaded: 1198,
    rejected: 2,
    created_at: '2026-02-01T09:00:00Z',
    updated_at: '2026-02-01T09:00:09Z',
    formats: [{ format: 'rfc3164', name: 'syslog (RFC 3164)', lines: 1198 }],
    unrecognised: 2,
    filled: { log_level: 0, process_name: 1198, host_name: 1198 },
    can_delete: true,
    ...changes,
  }
}

export function aPreview(changes: Partial<PreviewReport> = {}): PreviewReport {
  return {
    total_rows: 1200,
    estimate: {
      bytes: 52_100,
      bytes_basis: 'sample',
      seconds: 1.5,
      seconds_basis: 'typical',
      bytes_reason: '',
      seconds_reason: '',
    },
    kinds: {
      logs: {
        rows: 1200,
        rows_are_estimated: false,
        first: '2026-01-01T00:00:04Z',
        last: '2026-01-31T23:59:58Z',
        histogram: [
          { start: '2026-01-01T00:00:00Z', end: '2026-01-16T00:00:00Z', rows: 400 },
          { start: '2026-01-16T00:00:00Z', end: '2026-01-31T00:00:00Z', rows: 800 },
        ],
        sample: {
          before: [{ id: 7, log_level: 'err', message: HOSTILE }],
          after: [{ id: 7, log_level: 'ERROR', message: HOSTILE }],
        },
        splits_are_estimated: false,
        reject_estimate: {
          rows: 12,
          sampled_rows: 1200,
          rejected_in_sample: 12,
          is_exact: true,
          by_rule: { required: 12 },
        },
      },
    },
    ...changes,
  }
}

/** What the chart of a preview changes, for parts that show one alone. */
export function aTimeline(changes: Partial<Timeline> = {}): Timeline {
  const nothing = () => undefined
  return {
    hasRange: false,
    onRange: nothing,
    onLeaveOut: nothing,
    onCut: nothing,
    onEmbargo: nothing,
    ...changes,
  }
}

export function anExport(changes: Partial<ExportDetails> = {}): ExportDetails {
  return {
    export_id: 'e-1',
    name: null,
    tags: [],
    note: null,
    what: 'logs · all time · parquet zstd',
    data_version: '1.0.0',
    export_config: { data_types: ['logs'], output_format: 'parquet', compression: 'zstd', start_date: null },
    record_count: 0,
    file_size: 0,
    status: 'pending',
    kinds: {},
    path: null,
    executor: 'service',
    phase: null,
    attempt: 0,
    planned_rows: null,
    is_cancelling: false,
    error_code: null,
    error_message: null,
    created_at: '2026-02-01T09:00:00Z',
    updated_at: '2026-02-01T09:00:00Z',
    started_at: null,
    finished_at: null,
    next_attempt_at: null,
    attempts: [],
    owner: null,
    is_shared: false,
    ...changes,
  }
}

export function aProgress(changes: Partial<ProgressReport> = {}): ProgressReport {
  return {
    status: 'running',
    progress: { logs: 42.5 },
    current_batch: 425,
    total_batches: 1000,
    processed_records: 425_000,
    total_records: 1_000_000,
    records_per_second: 250_000,
    eta_seconds: 2.3,
    phase: 'exporting',
    surveyed_percent: null,
    start_time: '2026-02-01T09:00:01Z',
    end_time: null,
    error_message: null,
    ...changes,
  }
}

export function anAccount(changes: Partial<Account> = {}): Account {
  return {
    user_id: 'u-ada',
    name: 'ada',
    email: null,
    role: 'admin',
    scopes: ['exports:read', 'exports:write', 'ingest:write', 'sources:read', 'admin', 'audit:read'],
    kinds: null,
    has_password: true,
    ...changes,
  }
}

/** The session of somebody who is signed in; `null` for nobody. */
export function aSession(
  account: Account | null = anAccount(),
  changes: Partial<SessionDocument> = {},
): SessionDocument {
  const session = {
    id: 's-1',
    created_at: '2026-02-01T09:00:00Z',
    last_used_at: '2026-02-01T09:30:00Z',
    expires_at: '2026-02-02T09:00:00Z',
    address: '10.0.0.7',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0',
    is_current: true,
  }
  return {
    accounts_on: true,
    setup_open: false,
    account,
    session: account && session,
    providers: [],
    ...changes,
  }
}

export function aUser(changes: Partial<UserRecord> = {}): UserRecord {
  return {
    user_id: 'u-bob',
    name: 'bob',
    email: 'bob@example.org',
    role: 'exporter',
    is_service: false,
    is_disabled: false,
    has_password: true,
    created_at: '2026-01-01T09:00:00Z',
    last_login_at: null,
    keys: 1,
    sessions: 2,
    identities: [],
    ...changes,
  }
}

export function aKey(changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    key_id: 'k3v9q2m7x1ab',
    name: 'nightly',
    user_id: 'u-ada',
    user_name: 'ada',
    scopes: ['exports:write'],
    kinds: ['logs'],
    created_at: '2026-01-01T09:00:00Z',
    expires_at: '2027-01-01T09:00:00Z',
    last_used_at: null,
    revoked_at: null,
    state: 'active',
    ...changes,
  }
}

export function aPolicy(changes: Partial<Policy> = {}): Policy {
  return {
    policy_id: 'p-1',
    name: 'support',
    version: 3,
    applies_to: { roles: ['exporter'], users: ['ann'] },
    kinds: ['logs'],
    columns: { logs: ['message'] },
    processes: null,
    earliest: '2026-01-01T00:00:00Z',
    latest: null,
    max_days: 31,
    privacy_required: true,
    privacy_modules: ['email', 'secrets'],
    max_rows: 1_000_000,
    destinations: null,
    rows_per_day: null,
    bytes_per_day: null,
    is_enabled: true,
    updated_at: '2026-02-01T09:00:00Z',
    ...changes,
  }
}

export function aNamedDataset(changes: Partial<NamedDataset> = {}): NamedDataset {
  return {
    name: 'plant',
    versions: 3,
    latest: aVersion(),
    held: 0,
    keep_last: null,
    keep_days: null,
    created_at: '2026-02-01T02:00:00Z',
    ...changes,
  }
}

export function aVersion(changes: Partial<Version> = {}): Version {
  return {
    version: 'v2',
    number: 2,
    data_version: '1.1.0',
    export_id: 'e-2',
    path: '/exports/e-2',
    rows: 1500,
    added: 300,
    changed: 2,
    removed: 1,
    state: 'published',
    reason: null,
    tags: [],
    parent: 1,
    is_incremental: true,
    created_at: '2026-02-02T02:00:00Z',
    kinds: {},
    ...changes,
  }
}

export function aRun(changes: Partial<ScheduleRun> = {}): ScheduleRun {
  return {
    nominal_at: '2026-02-02T01:00:00Z',
    status: 'completed',
    export_id: 'e-2',
    decision: null,
    reason: null,
    started_at: '2026-02-02T01:00:01Z',
    finished_at: '2026-02-02T01:00:31Z',
    ...changes,
  }
}

export function aSchedule(changes: Partial<Schedule> = {}): Schedule {
  return {
    schedule_id: 's-1',
    name: 'nightly',
    config: { data_types: ['logs'], output_format: 'parquet', dataset: 'plant', incremental: true },
    cron: '0 2 * * *',
    every_seconds: null,
    time_zone: 'Europe/Berlin',
    sentence: 'Every day at 02:00 in Europe/Berlin',
    next: ['2026-02-03T01:00:00Z', '2026-02-04T01:00:00Z'],
    catch_up: 'one',
    overlap: 'queue',
    pause_after_failures: 5,
    jitter_seconds: 0,
    is_paused: false,
    pause_reason: null,
    gate: null,
    owner: null,
    created_at: '2026-02-01T09:00:00Z',
    last_run: aRun(),
    ...changes,
  }
}

export function aNotice(changes: Partial<Notice> = {}): Notice {
  return {
    notice_id: 'n-1',
    name: 'team',
    channel: 'webhook',
    url: 'https://example.org/hook',
    to: null,
    events: ['failed', 'held'],
    datasets: null,
    is_for_all: false,
    is_enabled: true,
    has_secret: true,
    old_secret_until: null,
    owner: 'ada',
    created_at: '2026-02-01T09:00:00Z',
    updated_at: '2026-02-01T09:00:00Z',
    ...changes,
  }
}

export function aDelivery(changes: Partial<Delivery> = {}): Delivery {
  return {
    delivery_id: 'd-1',
    event: 'held',
    status: 'delivered',
    attempts: 1,
    next_attempt_at: null,
    response_status: 204,
    error: null,
    created_at: '2026-02-02T02:00:01Z',
    finished_at: '2026-02-02T02:00:02Z',
    ...changes,
  }
}

export function aTableSource(changes: Partial<Source> = {}): Source {
  return {
    name: 'plant',
    url: 'postgresql://reader@db/plant',
    database: 'postgresql',
    password: 'file',
    statement_seconds: 3600,
    mappings: {
      logs: {
        table: 'public.event_log',
        guarantee: 'snapshot',
        guarantee_means: 'every row is read as it was at one moment',
        mapping_sha256: 'a'.repeat(64),
        schema_sha256: 'b'.repeat(64),
        checked_at: '2026-02-01T00:00:00Z',
      },
    },
    created_at: '2026-02-01T00:00:00Z',
    ...changes,
  }
}

export function aDestination(changes: Partial<Destination> = {}): Destination {
  return {
    name: 'lake',
    url: 's3://bucket/datasets',
    kind: 's3',
    options: { allow_http: false },
    credentials: 'file',
    promises: {
      conditional_put: true,
      conditional_update: true,
      multipart: true,
      list: true,
      delete: true,
    },
    status: 'ok',
    message: '',
    probed_at: '2026-02-01T09:00:00Z',
    created_at: '2026-02-01T09:00:00Z',
    ...changes,
  }
}
