import { Alert, List } from '@mantine/core'

interface NotesProps {
  notes: string[]
}

/** What limits a comparison. */
export function Notes({ notes }: NotesProps) {
  if (notes.length === 0) return null
  return (
    <Alert variant="default" title="What limits this comparison">
      <List size="sm">
        {notes.map((note) => (
          <List.Item key={note}>{note}</List.Item>
        ))}
      </List>
    </Alert>
  )
}
