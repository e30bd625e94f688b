import { Alert, Text } from '@mantine/core'
import type { Schemas } from '@/lib/api/client'
import { plural } from '@/lib/format'

interface VersionPreviewProps {
  version: Schemas['VersionPreview']
}

/** The version of a dataset that the export would make, and why it would fail now. */
export function VersionPreview({ version }: VersionPreviewProps) {
  const { dataset, number, data_versions: versions, parent, reason, blocked, warning } = version
  return (
    <>
      <Text size="sm">
        {dataset} v{number}, data version {versions.join(' or ')},{' '}
        {parent === null ? 'the first version' : `after ${parent}`}.
        {reason !== null && ` ${sentence(reason)}`}
      </Text>
      {blocked !== null && <Alert color="orange">{blocked}</Alert>}
      {warning != null && <Alert color="orange">{sentence(warning)}</Alert>}
    </>
  )
}

interface IncrementTextProps {
  increment: Schemas['KindIncrement']
}

/** How the version reads the rows of one kind. */
export function IncrementText({ increment: { mode, kept_rows: kept, reason } }: IncrementTextProps) {
  return (
    <Text size="sm">
      {mode === 'append'
        ? `Only new rows are read; ${plural(kept, 'row')} of the version before are kept.`
        : `All rows are read${reason === null ? '' : `: ${reason}`}.`}
    </Text>
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
