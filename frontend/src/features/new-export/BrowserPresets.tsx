import { Alert, Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createPreset, presetsQuery } from '@/lib/api/presets'
import { plural } from '@/lib/format'
import { type BrowserPreset, browserPresets, freeName, keepInBrowser } from './browser-presets'

interface BrowserPresetsProps {
  /** Names that presets of the account have. */
  taken: string[]
}

/** Offers once to move the presets of an earlier version from this browser to the service. */
export function BrowserPresets({ taken }: BrowserPresetsProps) {
  const client = useQueryClient()
  const [left, setLeft] = useState(() => browserPresets())
  const move = useMutation({
    mutationFn: async () => {
      const names = [...taken]
      const failed: BrowserPreset[] = []
      for (const preset of left) {
        const name = freeName(preset.name, names)
        try {
          await createPreset(name, preset.config)
          names.push(name)
        } catch {
          failed.push(preset)
        }
      }
      return failed
    },
    onSuccess: async (failed) => {
      keep(failed)
      await client.invalidateQueries({ queryKey: presetsQuery().queryKey })
    },
  })

  function keep(presets: BrowserPreset[]) {
    keepInBrowser(presets)
    setLeft(presets)
  }

  if (left.length === 0) return null
  return (
    <Alert p="xs" title={`This browser has ${plural(left.length, 'preset')}`}>
      <Text size="sm" mb="xs">
        {move.isSuccess
          ? `The service refused ${left.map(({ name }) => name).join(', ')}.`
          : 'Move them to the service to use them everywhere.'}
      </Text>
      <Group gap="xs">
        <Button size="compact-sm" loading={move.isPending} onClick={() => move.mutate()}>
          {move.isSuccess ? 'Try again' : 'Move them'}
        </Button>
        <Button size="compact-sm" variant="default" disabled={move.isPending} onClick={() => keep([])}>
          Delete them
        </Button>
      </Group>
    </Alert>
  )
}
