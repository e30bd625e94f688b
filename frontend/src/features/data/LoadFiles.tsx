import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import { browserZone } from '@/lib/time'
import { ChosenFiles } from './ChosenFiles'
import { DropZone } from './DropZone'
import { ReadingOptionsForm } from './ReadingOptionsForm'
import { UploadRow } from './UploadRow'
import { useUploads } from './upload-context'
import type { ReadingOptions } from './upload-queue'

const INGEST = `lumber ingest logs /var/log/syslog access.jsonl
lumber ingest anomalies detections.jsonl
lumber ingest ips reputation.csv
lumber sample --rows 100000    # or generate sample data`

function usualOptions(): ReadingOptions {
  return {
    kind: 'logs',
    format: 'auto',
    timezone: browserZone(),
    year: null,
    default_level: null,
    derive_ips: true,
    source_id: null,
    pattern: null,
    map: {},
    time_format: null,
    multiline: 'auto',
  }
}

/** Loads files from this machine into the database, with progress and rejected lines. */
export function LoadFiles() {
  const [options, setOptions] = useState(usualOptions)
  const [chosen, setChosen] = useState<readonly File[]>([])
  const { queue, files } = useUploads()
  const change = (changes: Partial<ReadingOptions>) => setOptions((before) => ({ ...before, ...changes }))
  const hasEnded = files.some(({ state }) => state !== 'waiting' && state !== 'sending')
  return (
    <section aria-labelledby="load-files">
      <Title order={2} size="h4" mb="xs" id="load-files">
        Load data
      </Title>
      <Text size="sm" mb="sm">
        Lumber recognises formats by content, plain or compressed. It shows the first rows before it loads a
        file. Loading the same file again resumes where it stopped.
      </Text>
      <Stack gap="sm">
        <ReadingOptionsForm value={options} onChange={change} />
        <DropZone onFiles={(added) => setChosen((before) => [...before, ...added])} />
        {chosen.length > 0 && (
          <ChosenFiles
            files={chosen}
            options={options}
            onChange={change}
            onLoad={() => {
              queue.add(chosen, options)
              setChosen([])
            }}
            onDiscard={() => setChosen([])}
          />
        )}
        {files.length > 0 && (
          <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Files">
            {files.map((item) => (
              <UploadRow
                key={item.key}
                item={item}
                onCancel={() => queue.cancel(item.key)}
                onRetry={() => queue.retry(item.key)}
              />
            ))}
          </Stack>
        )}
        {hasEnded && (
          <Group>
            <Button size="xs" variant="subtle" onClick={() => queue.clear()}>
              Clear list
            </Button>
          </Group>
        )}
        <Text size="sm">From a terminal, for example for files on a server:</Text>
        <CodeBlock text={INGEST} label="commands that load data" />
      </Stack>
    </section>
  )
}
