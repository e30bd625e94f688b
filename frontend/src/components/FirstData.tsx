import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { datasetsQuery } from '@/lib/api/datasets'
import { loadSample } from '@/lib/api/ingest'
import { plural } from '@/lib/format'
import { useMay } from '@/lib/session'
import { CodeBlock } from './CodeBlock'
import { ErrorNotice } from './ErrorNotice'
import { LinkButton } from './LinkButton'

const SOURCE_COMMANDS = `lumber source add plant --url postgresql://reader@db/plant --password-file plant.password
lumber source suggest plant public.event_log > event_log.toml    # guesses a mapping; edit it
lumber source map plant event_log.toml                           # checks it, shows rows, and keeps it`

interface FirstDataProps {
  /** Whether to offer the page for uploads: it is another one than this. */
  hasUpload?: boolean
}

/** Ways to get rows into an empty database, as far as the person may use them. */
export function FirstData({ hasUpload = true }: FirstDataProps) {
  const mayLoad = useMay('ingest:write')
  const mayConnect = useMay('admin')
  const client = useQueryClient()
  const sample = useMutation({
    mutationFn: loadSample,
    onSuccess: ({ logs, anomalies, ips }) => {
      const parts = [
        plural(logs, 'log line'),
        plural(anomalies, 'anomaly', 'anomalies'),
        plural(ips, 'IP record'),
      ]
      notifications.show({ message: `Loaded ${new Intl.ListFormat('en-GB').format(parts)}.` })
    },
    // Also after an error: somebody else may have loaded data meanwhile.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: datasetsQuery().queryKey }),
        client.invalidateQueries({ queryKey: ['preview'] }),
      ]),
  })
  if (!mayLoad && !mayConnect) return <Text size="sm">Ask someone who may load data to load some.</Text>
  return (
    <Stack gap="sm" align="center" w="100%">
      <Group justify="center" gap="xs">
        {mayLoad && (
          <Button loading={sample.isPending} onClick={() => sample.mutate()}>
            Load sample data
          </Button>
        )}
        {mayLoad && hasUpload && (
          <LinkButton to="/data" variant="default">
            Upload a log
          </LinkButton>
        )}
        {mayConnect && <ConnectTable />}
      </Group>
      {mayLoad && (
        <Text size="sm" c="dimmed" ta="center">
          Sample data: 20,000 log lines of routers and servers with incidents, in a few seconds.
        </Text>
      )}
      {sample.error && <ErrorNotice error={sample.error} title="The sample data was not loaded" />}
    </Stack>
  )
}

function ConnectTable() {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button variant="default" onClick={open}>
        Connect a table
      </Button>
      <Modal opened={isOpen} onClose={close} title="Connect a table" size="xl">
        <Stack gap="sm">
          <Text size="sm">
            Lumber exports the tables of another database in place: PostgreSQL, MySQL, MariaDB or SQLite. A
            mapping says which column becomes which field. Run these commands where Lumber runs, with your own
            names:
          </Text>
          <CodeBlock text={SOURCE_COMMANDS} label="commands that connect a table" />
          <Text size="sm">The form of a new export then offers it under “Source”.</Text>
        </Stack>
      </Modal>
    </>
  )
}
