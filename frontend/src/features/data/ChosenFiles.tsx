import { Button, Group, Paper, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { formatBytes, plural } from '@/lib/format'
import { FilePreview } from './FilePreview'
import type { ReadingOptions } from './upload-queue'

interface ChosenFilesProps {
  files: readonly File[]
  options: ReadingOptions
  onLoad: () => void
  onDiscard: () => void
}

/** Files that were chosen but not sent yet, with a preview of one of them. */
export function ChosenFiles({ files, options, onLoad, onDiscard }: ChosenFilesProps) {
  const [place, setPlace] = useState(0)
  const file = files[place] ?? files[0]
  if (file === undefined) return null
  return (
    <Paper withBorder p="sm" role="group" aria-label="Chosen files">
      <Stack gap="sm">
        {files.length > 1 ? (
          <Select
            label={`Preview one of ${plural(files.length, 'file')}`}
            data={files.map(({ name }, index) => ({ value: String(index), label: name }))}
            value={String(files.indexOf(file))}
            allowDeselect={false}
            onChange={(value) => setPlace(Number(value))}
          />
        ) : (
          <Group justify="space-between" wrap="nowrap">
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
              {file.name}
            </Text>
            <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
              {formatBytes(file.size)}
            </Text>
          </Group>
        )}
        <FilePreview file={file} options={options} />
        <Group>
          <Button onClick={onLoad}>Load {plural(files.length, 'file')}</Button>
          <Button variant="default" onClick={onDiscard}>
            Discard
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}
