import { Text } from '@mantine/core'

interface ActorProps {
  actor_kind: string
  actor_name: string
  key_id: string | null
  address: string | null
}

const KIND_WORDS: Record<string, string> = { local: 'on this machine', system: 'the service itself' }

/** Who did something, with which key and from where. */
export function Actor({ actor_kind, actor_name, key_id, address }: ActorProps) {
  const kind = KIND_WORDS[actor_kind]
  const lines = [kind, key_id && `key ${key_id}`, address && `from ${address}`].filter(Boolean)
  return (
    <>
      {actor_name}
      {lines.length > 0 && (
        <Text size="xs" c="dimmed">
          {lines.join(', ')}
        </Text>
      )}
    </>
  )
}
