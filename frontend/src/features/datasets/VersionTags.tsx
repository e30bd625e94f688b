import { ActionIcon, Button, Group, Pill, Popover, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Icon } from '@/components/Icon'
import { type Version, namedDatasetKeys, tagVersion, untagVersion } from '@/lib/api/named-datasets'
import { useCall } from '@/lib/calls'

interface VersionTagsProps {
  name: string
  version: Version
  mayTag: boolean
}

/** The tags of a version, to add and to remove. */
export function VersionTags({ name, version, mayTag }: VersionTagsProps) {
  const [isOpen, setIsOpen] = useState(false)
  const remove = useCall({
    call: (tag: string) => untagVersion(name, tag),
    refreshes: namedDatasetKeys.all,
    failed: 'The tag was not removed',
  })
  return (
    <Group gap={4}>
      {version.tags.map((tag) => (
        <Pill
          key={tag}
          withRemoveButton={mayTag}
          title={tag}
          maw={200}
          onRemove={() => remove.mutate(tag)}
          removeButtonProps={{
            'aria-label': `Remove the tag ${tag}`,
            'aria-hidden': undefined,
            tabIndex: 0,
          }}
        >
          {tag}
        </Pill>
      ))}
      {mayTag && version.state === 'published' && (
        <Popover opened={isOpen} onChange={setIsOpen} trapFocus width={260}>
          <Popover.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Tag version ${version.number}`}
              onClick={() => setIsOpen((open) => !open)}
            >
              <Icon name="plus" size={14} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <NewTag name={name} number={version.number} onDone={() => setIsOpen(false)} />
          </Popover.Dropdown>
        </Popover>
      )}
    </Group>
  )
}

interface NewTagProps {
  name: string
  number: number
  onDone: () => void
}

function NewTag({ name, number, onDone }: NewTagProps) {
  const [tag, setTag] = useState('')
  const add = useCall({
    call: () => tagVersion(name, tag.trim(), number),
    refreshes: namedDatasetKeys.all,
    failed: 'The version was not tagged',
    onDone,
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (tag.trim() !== '') add.mutate()
      }}
    >
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          label={`Tag for v${number}`}
          description="If another version has the tag, the tag moves here."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          value={tag}
          onChange={(event) => setTag(event.currentTarget.value)}
          flex={1}
        />
        <Button type="submit" mb={22} loading={add.isPending} disabled={tag.trim() === ''}>
          Tag
        </Button>
      </Group>
    </form>
  )
}
