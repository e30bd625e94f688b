import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ExportDetails } from '@/lib/api/exports'
import { type Version, namedDatasetQuery } from '@/lib/api/named-datasets'
import { formatCount } from '@/lib/format'

interface ExportVersionProps {
  details: ExportDetails
}

/** Which version of a dataset an export is, and where it was published. Nothing for a single export. */
export function ExportVersion({ details }: ExportVersionProps) {
  const { export_id: exportId, export_config: config, status } = details
  const dataset = textOrNull(config['dataset'])
  const destination = textOrNull(config['destination'])
  const isDone = status === 'completed'
  const found = useQuery({ ...namedDatasetQuery(dataset ?? ''), enabled: dataset !== null && isDone })
  const version = found.data?.versions.find((one) => one.export_id === exportId)
  if (dataset === null && destination === null) return null
  return (
    <Text size="sm" mb="md" style={{ overflowWrap: 'anywhere' }}>
      {dataset !== null && (
        <>
          {version ? `${versionText(version)} of the dataset ` : 'For the dataset '}
          <Anchor
            component={Link}
            to={`/datasets/${encodeURIComponent(dataset)}`}
            size="sm"
            underline="always"
          >
            {dataset}
          </Anchor>
          {version ? `: ${changeText(version)}. ` : '. '}
        </>
      )}
      {destination !== null &&
        `${isDone && version?.state !== 'held' ? 'Published' : 'To be published'} to the destination ${destination}.`}
    </Text>
  )
}

function versionText({ number, data_version: dataVersion, state }: Version): string {
  const name = `Version v${number} (${dataVersion})`
  return state === 'published' ? name : `${name}, ${state},`
}

function changeText({ added, changed, removed }: Version): string {
  return `${formatCount(added)} added, ${formatCount(changed)} changed, ${formatCount(removed)} removed`
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
