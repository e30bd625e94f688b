import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { Icon } from '@/components/Icon'
import type { ConfigInput } from '@/lib/api/exports'
import { deleteTemplate, loadTemplates, saveTemplate } from './templates'

interface TemplateMenuProps {
  config: ConfigInput
  onChoose: (config: ConfigInput) => void
}

/** Named configs saved in this browser. Its form must be outside of the export's form. */
export function TemplateMenu({ config, onChoose }: TemplateMenuProps) {
  const [isOpen, setIsOpen] = useState(false)
  const [templates, setTemplates] = useState(() => loadTemplates())
  const [name, setName] = useState('')

  function save() {
    setTemplates(saveTemplate({ name: name.trim(), config }))
    notifications.show({ message: `Saved template ${name.trim()}.` })
    setName('')
  }

  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={300} trapFocus>
      <Popover.Target>
        <Button variant="default" onClick={() => setIsOpen((open) => !open)}>
          Templates
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {templates.length === 0 && <Text size="sm">No templates yet. Saved in this browser only.</Text>}
          {templates.map((template) => (
            <Group key={template.name} justify="space-between" wrap="nowrap" gap="xs">
              <Button
                variant="subtle"
                size="compact-sm"
                justify="flex-start"
                style={{ minWidth: 0, flex: 1 }}
                onClick={() => {
                  onChoose(template.config)
                  setIsOpen(false)
                }}
              >
                {template.name}
              </Button>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Delete template ${template.name}`}
                onClick={() => setTemplates(deleteTemplate(template.name))}
              >
                <Icon name="trash" size={16} />
              </ActionIcon>
            </Group>
          ))}
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (name.trim() !== '') save()
            }}
          >
            <Group gap="xs" align="flex-end" wrap="nowrap">
              <TextInput
                label="Template name"
                value={name}
                maxLength={80}
                onChange={(event) => setName(event.currentTarget.value)}
                flex={1}
              />
              <Button type="submit" disabled={name.trim() === ''}>
                Save
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
