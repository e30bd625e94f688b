import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Icon } from '@/components/Icon'
import { Moment } from '@/components/Moment'
import { type Version, namedDatasetKeys, publishVersion } from '@/lib/api/named-datasets'
import { useCall } from '@/lib/calls'
import { plural } from '@/lib/format'
import { DropVersion } from './DropVersion'

interface HeldVersionsProps {
  name: string
  versions: Version[]
  mayDecide: boolean
}

/** Versions that a gate holds, why, and the decision: publish or drop. Nothing without any. */
export function HeldVersions({ name, versions, mayDecide }: HeldVersionsProps) {
  const held = versions.filter(({ state }) => state === 'held')
  if (held.length === 0) return null
  return (
    <Stack gap="sm">
      {held.map((version) => (
        <HeldVersion key={version.number} name={name} version={version} mayDecide={mayDecide} />
      ))}
    </Stack>
  )
}

interface HeldVersionProps {
  name: string
  version: Version
  mayDecide: boolean
}

function HeldVersion({ name, version, mayDecide }: HeldVersionProps) {
  const { number } = version
  const publish = useCall({
    call: () => publishVersion(name, number),
    refreshes: namedDatasetKeys.all,
    done: `Published v${number} of ${name}.`,
    failed: 'The version was not published',
  })
  return (
    <Alert color="orange" role="region" icon={<Icon name="alert" />} title={`v${number} is held`}>
      <Stack gap="xs">
        <Text size="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
          {version.reason ?? 'The service gave no reason.'}
        </Text>
        <Text size="sm">
          It has {plural(version.rows, 'row')} and was created at <Moment at={version.created_at} />. It does
          not become the latest version until somebody publishes it.{' '}
          <Anchor
            component={Link}
            to={`/exports/${version.export_id}`}
            size="sm"
            underline="always"
            c="inherit"
          >
            Look at the export.
          </Anchor>
        </Text>
        {mayDecide && (
          <Group gap="xs">
            <Button size="xs" onClick={() => publish.mutate()} loading={publish.isPending}>
              Publish v{number}
            </Button>
            <DropVersion name={name} number={number} />
          </Group>
        )}
      </Stack>
    </Alert>
  )
}
