import { notifications } from '@mantine/notifications'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { errorText } from './api/problem'

interface CallOptions<T, V> {
  call: (variables: V) => Promise<T>
  /** What the call changed. */
  refreshes: QueryKey
  /** What to say when it worked. */
  done?: string | ((result: T) => string)
  /** The title if it failed. */
  failed: string
  onDone?: (result: T) => void
}

/** A call that changes something: it says how it went, and loads what it changed again. */
export function useCall<T, V = void>({ call, refreshes, done, failed, onDone }: CallOptions<T, V>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: call,
    onSuccess: (result) => {
      const message = typeof done === 'function' ? done(result) : done
      if (message !== undefined) notifications.show({ message })
      onDone?.(result)
      return client.invalidateQueries({ queryKey: refreshes })
    },
    onError: (error) => notifications.show({ color: 'red', title: failed, message: errorText(error) }),
  })
}
