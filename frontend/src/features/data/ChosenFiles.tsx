import { Button, Group, Paper, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { savedFormatsQuery } from '@/lib/api/own-formats'
import { formatBytes, plural } from '@/lib/format'
import { FilePreview } from './FilePreview'
import { FormatEditor } from './FormatEditor'
import { firstLines } from './first-lines'
import type { ReadingOptions } from './upload-queue'

/** The file whose format is being defined, with its first lines. */
interface EditedLines {
  file: File
  lines: string
  /** The saved format that is being changed; empty for a new one. */
  savedName: string
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
  const saved = useQuery(savedFormatsQuery()).data?.find(
    ({ name, kind }) => name === options.format && kind === options.kind,
  )
  if (file === undefined) return null
  const isEdited = edited?.file === file

  async function edit(of: File) {
    setEdited({ file: of, lines: await firstLines(of), savedName: saved?.name ?? '' })
    if (saved === undefined) return
    const { pattern, map, time_format } = saved
    onChange({ format: 'auto', pattern, map, time_format })
  }
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
        {isEdited ? (
          <FormatEditor
            lines={edited.lines}
            savedName={edited.savedName}
            options={options}
            onChange={onChange}
            onSaved={(format) => {
              setEdited(null)
              onChange({ format, pattern: null, map: {}, time_format: null })
            }}
          />
        ) : (
          <FilePreview file={file} options={options} />
        )}
        <Group>
          <Button onClick={onLoad}>Load {plural(files.length, 'file')}</Button>
          <Button
            variant="default"
            aria-expanded={isEdited}
            onClick={() => (isEdited ? setEdited(null) : edit(file))}
          >
            {isEdited ? 'Preview the file' : 'Define the format'}
          </Button>
          <Button variant="default" onClick={onDiscard}>
            Discard
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}
