export type Kind = 'folder' | 's3' | 'gcs' | 'azure'

/** What the form asks for each kind of store. */
export interface KindFields {
  kind: Kind
  label: string
  /** An example of an address. */
  example: string
  help: string
  /** Names of options with their labels. */
  options: readonly (readonly [name: string, label: string, placeholder?: string])[]
  /** Names of secrets with their labels. */
  secrets: readonly (readonly [name: string, label: string])[]
}

export const KINDS: readonly KindFields[] = [
  {
    kind: 'folder',
    label: 'Folder',
    example: '/srv/datasets',
    help: 'A folder that the service and its workers can write to, in one that LUMBER_DESTINATION_FOLDERS names.',
    options: [],
    secrets: [],
  },
  {
    kind: 's3',
    label: 'S3',
    example: 's3://bucket/folder',
    help: 'Amazon S3, or a store that speaks its protocol.',
    options: [
      ['endpoint', 'Endpoint (optional)', 'https://s3.example.org'],
      ['region', 'Region (optional)', 'eu-central-1'],
    ],
    secrets: [
      ['access_key_id', 'Access key id (optional)'],
      ['secret_access_key', 'Secret access key (optional)'],
      ['session_token', 'Session token (optional)'],
    ],
  },
  {
    kind: 'gcs',
    label: 'Google',
    example: 'gs://bucket/folder',
    help: 'Google Cloud Storage.',
    options: [['endpoint', 'Endpoint (optional)']],
    secrets: [['service_account_key', 'Service account key as JSON (optional)']],
  },
  {
    kind: 'azure',
    label: 'Azure',
    example: 'az://container/folder',
    help: 'Azure Blob Storage.',
    options: [
      ['account', 'Storage account'],
      ['endpoint', 'Endpoint (optional)'],
    ],
    secrets: [
      ['account_key', 'Account key (optional)'],
      ['sas_token', 'SAS token (optional)'],
    ],
  },
]
