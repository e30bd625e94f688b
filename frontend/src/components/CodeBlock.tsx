import { ActionIcon, Box, CopyButton, Tooltip } from '@mantine/core'
import { Icon } from './Icon'

interface CodeBlockProps {
  text: string
  /** Name for the copy button, such as "curl command". */
  label: string
  maxHeight?: number
  /** Break a long line, such as a key, instead of scrolling. */
  wraps?: boolean
}

/** Code with a copy button. */
export function CodeBlock({ text, label, maxHeight = 320, wraps = false }: CodeBlockProps) {
  return (
    <Box pos="relative">
      <Box
        component="pre"
        tabIndex={0}
        aria-label={label}
        m={0}
        p="sm"
        pr={48}
        bg="var(--mantine-color-default-hover)"
        style={{
          overflow: 'auto',
          maxHeight,
          borderRadius: 'var(--mantine-radius-sm)',
          ...(wraps && { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }),
        }}
        fz="xs"
        ff="monospace"
      >
        {text}
      </Box>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy'}>
            <ActionIcon
              pos="absolute"
              top={6}
              right={6}
              variant="default"
              onClick={copy}
              aria-label={copied ? `${label} copied` : `Copy ${label}`}
            >
              <Icon name={copied ? 'check' : 'copy'} size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Box>
  )
}
