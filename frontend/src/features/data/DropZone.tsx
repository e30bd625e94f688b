import { Button, FileButton, Group, Paper, Text } from '@mantine/core'
import { useState } from 'react'
import { Icon } from '@/components/Icon'

interface DropZoneProps {
  onFiles: (files: File[]) => void
}

/** A drop area for files, with a button for keyboards. */
export function DropZone({ onFiles }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false)
  return (
    <Paper
      withBorder
      p="lg"
      role="group"
      aria-label="Files to load"
      bg={isOver ? 'var(--mantine-primary-color-light)' : undefined}
      style={{ borderStyle: 'dashed', borderWidth: 2 }}
      onDragOver={(event) => {
        event.preventDefault()
        setIsOver(true)
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setIsOver(false)
        const files = [...event.dataTransfer.files]
        if (files.length > 0) onFiles(files)
      }}
    >
      <Group justify="center" gap="sm">
        <Text>Drop files here, or</Text>
        <FileButton multiple onChange={onFiles} inputProps={{ 'aria-label': 'Files' }}>
          {(props) => (
            <Button {...props} leftSection={<Icon name="plus" size={16} />}>
              Choose files
            </Button>
          )}
        </FileButton>
      </Group>
    </Paper>
  )
}
