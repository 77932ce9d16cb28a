#ifndef SYS_VERSION_H
#define SYS_VERSION_H

#define CONNPIPE_VERSION	"0.1"

#endif
