#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

/* Tells the service manager that started reeve what has come about ("READY=1")
 * by its NOTIFY_SOCKET, as in sd_notify(3). Does nothing where there is none;
 * never blocks. */
void notify_service_manager(const char *state);

#endif
