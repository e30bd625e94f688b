import { Button, Group, Paper, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { formatBytes, plural } from '@/lib/format'
import { FilePreview } from './FilePreview'
import { FormatEditor } from './FormatEditor'
import { firstLines } from './first-lines'
import type { ReadingOptions } from './upload-queue'

/** The file whose format is being defined, with its first lines. */
interface EditedLines {
  file: File
  lines: string
}

interface ChosenFilesProps {
  files: readonly File[]
  options: ReadingOptions
  onChange: (changes: Partial<ReadingOptions>) => void
  onLoad: () => void
  onDiscard: () => void
}

/** Files that were chosen but not sent yet, with a preview of one of them, or an editor of its format. */
export function ChosenFiles({ files, options, onChange, onLoad, onDiscard }: ChosenFilesProps) {
  const [place, setPlace] = useState(0)
  const [edited, setEdited] = useState<EditedLines | null>(null)
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
        {edited?.file === file ? (
          <FormatEditor lines={edited.lines} options={options} onChange={onChange} />
        ) : (
          <FilePreview file={file} options={options} />
        )}
        <Group>
          <Button onClick={onLoad}>Load {plural(files.length, 'file')}</Button>
          <Button
            variant="default"
            aria-expanded={edited?.file === file}
            onClick={async () => {
              setEdited(edited?.file === file ? null : { file, lines: await firstLines(file) })
            }}
          >
            {edited?.file === file ? 'Preview the file' : 'Define the format'}
          </Button>
          <Button variant="default" onClick={onDiscard}>
            Discard
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}
