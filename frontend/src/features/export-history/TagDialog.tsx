import { Button, Group, Modal, Radio, Stack, TagsInput } from '@mantine/core'
import { useState } from 'react'
import { plural } from '@/lib/format'

interface TagDialogProps {
  count: number
  opened: boolean
  onClose: () => void
  onTag: (action: 'tag' | 'untag', tags: string[]) => void
}

/** Adds tags to the selected exports, or removes some. */
export function TagDialog({ count, opened, onClose, onTag }: TagDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Tags of ${plural(count, 'export')}`}>
      {opened && <TagForm onClose={onClose} onTag={onTag} />}
    </Modal>
  )
}

function TagForm({ onClose, onTag }: Pick<TagDialogProps, 'onClose' | 'onTag'>) {
  const [action, setAction] = useState<'tag' | 'untag'>('tag')
  const [tags, setTags] = useState<string[]>([])
  const wrong = tags.find((tag) => !/^[\p{L}\p{N}._-]{1,40}$/u.test(tag))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onTag(action, tags)
        onClose()
      }}
    >
      <Stack gap="sm">
        <Radio.Group
          aria-label="What to do"
          value={action}
          onChange={(value) => setAction(value === 'untag' ? 'untag' : 'tag')}
        >
          <Group gap="md">
            <Radio value="tag" label="Add tags" />
            <Radio value="untag" label="Remove tags" />
          </Group>
        </Radio.Group>
        <TagsInput
          label="Tags"
          description="Letters, digits, dots, dashes and underscores."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={tags.length === 0 ? 'Type a tag, then Enter' : undefined}
          value={tags}
          onChange={setTags}
          acceptValueOnBlur
          error={wrong && `${wrong} is not a tag.`}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={tags.length === 0 || wrong !== undefined}>
            {action === 'tag' ? 'Add' : 'Remove'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
