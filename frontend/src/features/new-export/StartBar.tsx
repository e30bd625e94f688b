import { Alert, Anchor, Button, Group, List, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { plural } from '@/lib/format'
import type { FieldErrors } from './field-errors'
import classes from './FormSections.module.css'
import { SECTION_TITLES, sectionOf } from './sections'

interface StartBarProps {
  /** The export in one line. */
  summary: string
  errors: FieldErrors
  /** Errors that belong to no field. */
  others: string[]
  isStarting: boolean
  /** Called with the place of an error that was chosen. */
  onError: (place: string) => void
  onSchedule: () => void
  onReset: () => void
  /** Called to show the preview where it isn't beside the form. */
  onPreview: () => void
  children?: ReactNode
}

/** So that the buttons fit on one line of a phone. */
const PADDING = { base: 'xs', sm: 'md' }

/** What the export will be and what is wrong with it, with the buttons that start it. Always in view. */
export function StartBar(props: StartBarProps) {
  const { summary, errors, others, isStarting, onError, onSchedule, onReset, onPreview, children } = props
  const places = Object.keys(errors)
  return (
    <Stack gap="xs" mt="md" className={classes.bar} component="section" aria-label="Start the export">
      {children}
      {others.length > 0 && (
        <Alert color="red" role="alert" title="Invalid config">
          <List size="sm">
            {others.map((text) => (
              <List.Item key={text}>{text}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {places.length > 0 && (
        <div role="group" aria-label="Errors">
          <Text size="sm" fw={600}>
            {plural(places.length, 'error')} to correct:
          </Text>
          <List size="sm">
            {places.map((place) => (
              <List.Item key={place}>
                <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onError(place)}>
                  {titleOf(place)}: {errors[place]}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </div>
      )}
      <Group justify="space-between" gap="xs">
        <Text size="sm" flex="1 1 220px" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
          {summary}
        </Text>
        <Group gap="xs">
          <Button px={PADDING} variant="default" hiddenFrom="lg" onClick={onPreview}>
            Preview
          </Button>
          <Button variant="subtle" color="gray" onClick={onReset} visibleFrom="xs">
            Reset form
          </Button>
          <Button px={PADDING} variant="default" onClick={onSchedule}>
            Schedule…
          </Button>
          <Button px={PADDING} type="submit" loading={isStarting}>
            Start export
          </Button>
        </Group>
      </Group>
    </Stack>
  )
}

function titleOf(place: string): string {
  const section = sectionOf(place)
  return section === 'name' ? 'Name' : SECTION_TITLES[section]
}
