/** What the roles are for. */
export const ROLE_WORDS: Record<string, string> = {
  admin: 'Everything: accounts, policies, and the exports of all.',
  exporter: 'Loads data, creates exports, and sees their own.',
  viewer: 'Sees what was loaded, and exports that are shared with them.',
  auditor: 'Reads the audit trail, and nothing else.',
}
