import { ActionIcon, Button, Group, Popover, ScrollArea, Stack, Text, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { Icon } from '@/components/Icon'
import type { ConfigInput } from '@/lib/api/exports'
import { type Preset, createPreset, presetsQuery, removePreset, replacePreset } from '@/lib/api/presets'
import { useMay, useSession } from '@/lib/session'
import { BrowserPresets } from './BrowserPresets'

interface PresetMenuProps {
  config: ConfigInput
  onChoose: (config: ConfigInput) => void
}

const MOST_NAME = 100
const HEIGHT = 280

/** Named configs, kept by the service. Its form must be outside of the export's form. */
export function PresetMenu({ config, onChoose }: PresetMenuProps) {
  const client = useQueryClient()
  const { account } = useSession()
  const mayList = useMay('exports:read')
  const [isOpen, setIsOpen] = useState(false)
  const [name, setName] = useState('')
  const presets = useQuery({ ...presetsQuery(), enabled: isOpen && mayList })
  const isOwn = ({ owner }: Preset) => (owner?.user_id ?? null) === (account?.user_id ?? null)
  const own = presets.data?.filter(isOwn) ?? []
  const wanted = name.trim()
  const same = own.find((preset) => preset.name.toLowerCase() === wanted.toLowerCase())
  const listAgain = () => client.invalidateQueries({ queryKey: presetsQuery().queryKey })
  const save = useMutation({
    mutationFn: () =>
      same === undefined ? createPreset(wanted, config) : replacePreset(same.preset_id, config),
    onSuccess: async (saved) => {
      notifications.show({ message: `Saved preset ${saved.name}.` })
      setName('')
      await listAgain()
    },
  })
  const remove = useMutation({ mutationFn: removePreset, onSettled: listAgain })
  const error = presets.error ?? save.error ?? remove.error

  function askToRemove(preset: Preset) {
    setIsOpen(false)
    modals.openConfirmModal({
      title: `Delete the preset ${preset.name}?`,
      children: <Text size="sm">Exports that were made with it stay.</Text>,
      labels: { confirm: 'Delete', cancel: 'Keep' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(preset.preset_id),
    })
  }

  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={320} trapFocus>
      <Popover.Target>
        <Button variant="default" onClick={() => setIsOpen((open) => !open)}>
          Presets
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Presets">
        <Stack gap="xs">
          {presets.isSuccess && <BrowserPresets taken={own.map((preset) => preset.name)} />}
          {presets.data?.length === 0 && <Text size="sm">No presets yet. They keep what the form has.</Text>}
          <ScrollArea.Autosize mah={HEIGHT}>
            {presets.data?.map((preset) => (
              <Group key={preset.preset_id} justify="space-between" wrap="nowrap" gap="xs">
                <Button
                  variant="subtle"
                  size="compact-sm"
                  justify="flex-start"
                  style={{ minWidth: 0, flex: 1 }}
                  onClick={() => {
                    onChoose(preset.config as unknown as ConfigInput)
                    setIsOpen(false)
                  }}
                >
                  {preset.name}
                  {!isOwn(preset) && ` (${preset.owner?.name ?? 'another account'})`}
                </Button>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Delete preset ${preset.name}`}
                  onClick={() => askToRemove(preset)}
                >
                  <Icon name="trash" size={16} />
                </ActionIcon>
              </Group>
            ))}
          </ScrollArea.Autosize>
          {error && <ErrorNotice error={error} title="The presets were not changed" />}
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (wanted !== '' && !save.isPending) save.mutate()
            }}
          >
            <Group gap="xs" align="flex-end" wrap="nowrap">
              <TextInput
                label="Preset name"
                value={name}
                maxLength={MOST_NAME}
                onChange={(event) => setName(event.currentTarget.value)}
                flex={1}
              />
              <Button type="submit" disabled={wanted === ''} loading={save.isPending}>
                {same === undefined ? 'Save' : 'Replace'}
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
