import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { type ConfigInput, createExport, exportKeys } from '@/lib/api/exports'

interface NewExport {
  config: ConfigInput
  /** Empty: it has none. */
  name: string
}

/** Create an export. Repeating a failed call with the same config and name never creates two. */
export function useCreateExport() {
  const client = useQueryClient()
  const attempt = useRef({ config: '', key: '' })
  return useMutation({
    mutationFn: ({ config, name }: NewExport) => {
      const text = JSON.stringify([config, name])
      if (attempt.current.config !== text) attempt.current = { config: text, key: crypto.randomUUID() }
      return createExport(config, attempt.current.key, name === '' ? {} : { name })
    },
    onSuccess: async () => {
      attempt.current = { config: '', key: '' }
      await client.invalidateQueries({ queryKey: exportKeys.lists })
    },
  })
}
