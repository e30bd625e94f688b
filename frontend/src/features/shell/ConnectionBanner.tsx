import { Alert } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Icon } from '@/components/Icon'
import { livenessQuery } from '@/lib/api/health'
import { ConnectionError } from '@/lib/api/problem'

/** Shows when the service doesn't respond, and reloads the page's data when it does again. */
export function ConnectionBanner() {
  const client = useQueryClient()
  const { error } = useQuery(livenessQuery())
  const isLost = error instanceof ConnectionError
  const wasLost = useRef(false)

  useEffect(() => {
    if (wasLost.current && !isLost) {
      const [liveness] = livenessQuery().queryKey
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== liveness })
    }
    wasLost.current = isLost
  }, [client, isLost])

  if (!isLost) return null
  return (
    <Alert color="orange" variant="filled" radius={0} py="xs" role="alert" icon={<Icon name="alert" />}>
      Connection to the service lost. Retrying every two seconds; running exports continue.
    </Alert>
  )
}
