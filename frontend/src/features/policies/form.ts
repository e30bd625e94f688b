import type { Policy, PolicyBody, PrivacyModule } from '@/lib/api/policies'

const GIB = 1024 ** 3

/** What the editor holds. Empty lists, nulls and NaN restrict nothing. */
export interface PolicyForm {
  name: string
  isEnabled: boolean
  roles: string[]
  users: string[]
  kinds: string[]
  columns: Record<string, string[]>
  processes: string[]
  earliest: string | null
  latest: string | null
  maxDays: number
  isPrivate: boolean
  modules: PrivacyModule[]
  maxRows: number
  destinations: string[]
  rowsPerDay: number
  gibibytesPerDay: number
}

export const NEW_POLICY: PolicyForm = {
  name: '',
  isEnabled: true,
  roles: [],
  users: [],
  kinds: [],
  columns: {},
  processes: [],
  earliest: null,
  latest: null,
  maxDays: NaN,
  isPrivate: false,
  modules: [],
  maxRows: NaN,
  destinations: [],
  rowsPerDay: NaN,
  gibibytesPerDay: NaN,
}

export function policyToForm(policy: Policy): PolicyForm {
  return {
    name: policy.name,
    isEnabled: policy.is_enabled,
    roles: policy.applies_to.roles,
    users: policy.applies_to.users,
    kinds: policy.kinds ?? [],
    columns: policy.columns ?? {},
    processes: policy.processes ?? [],
    earliest: policy.earliest ?? null,
    latest: policy.latest ?? null,
    maxDays: policy.max_days ?? NaN,
    isPrivate: policy.privacy_required,
    modules: policy.privacy_modules,
    maxRows: policy.max_rows ?? NaN,
    destinations: policy.destinations ?? [],
    rowsPerDay: policy.rows_per_day ?? NaN,
    // Exact: a GiB is a power of two.
    gibibytesPerDay: policy.bytes_per_day == null ? NaN : policy.bytes_per_day / GIB,
  }
}

/** Return the policy to send. Rules that restrict nothing are null. */
export function formToPolicy(form: PolicyForm): PolicyBody {
  const columns = Object.fromEntries(Object.entries(form.columns).filter(([, names]) => names.length > 0))
  return {
    name: form.name.trim(),
    applies_to: { roles: form.roles as PolicyBody['applies_to']['roles'], users: form.users },
    kinds: listOrNull(form.kinds),
    columns: Object.keys(columns).length > 0 ? columns : null,
    processes: listOrNull(form.processes),
    earliest: form.earliest,
    latest: form.latest,
    max_days: numberOrNull(form.maxDays),
    privacy_required: form.isPrivate,
    privacy_modules: form.isPrivate ? form.modules : [],
    max_rows: numberOrNull(form.maxRows),
    destinations: listOrNull(form.destinations),
    rows_per_day: numberOrNull(form.rowsPerDay),
    bytes_per_day: Number.isNaN(form.gibibytesPerDay) ? null : Math.round(form.gibibytesPerDay * GIB),
    is_enabled: form.isEnabled,
  }
}

function listOrNull(names: string[]): string[] | null {
  return names.length > 0 ? names : null
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
