import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'

/** What Node.js calls a request its parser gives up on, and what we answer (RFC 9112 §2.2, RFC 6585 §5). */
const ANSWERS: Readonly<Record<string, { status: string; description: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    description: 'The headers of this request are larger than 16 KiB: send a smaller token or fewer cookies.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    description: 'The request did not arrive in time: send it again.',
  },
}

const UNREADABLE = { status: '400 Bad Request', description: 'This is not a well-formed HTTP request.' }

/** Answers what never became a request, in the form of every other refusal, and closes the connection. */
export function answerUnreadableRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }

  const { status, description } = ANSWERS[error.code ?? ''] ?? UNREADABLE
  const body = JSON.stringify({ error: 'invalid_request', error_description: description })
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'content-type: application/json; charset=utf-8',
      'cache-control: no-store',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${randomUUID()}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
