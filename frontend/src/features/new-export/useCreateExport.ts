import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { type ConfigInput, createExport, exportKeys } from '@/lib/api/exports'

/** Create an export. Repeating a failed call with the same config never creates two. */
export function useCreateExport() {
  const client = useQueryClient()
  const attempt = useRef({ config: '', key: '' })
  return useMutation({
    mutationFn: (config: ConfigInput) => {
      const text = JSON.stringify(config)
      if (attempt.current.config !== text) attempt.current = { config: text, key: crypto.randomUUID() }
      return createExport(config, attempt.current.key)
    },
    onSuccess: async () => {
      attempt.current = { config: '', key: '' }
      await client.invalidateQueries({ queryKey: exportKeys.lists })
    },
  })
}
