//! The running system: processes and their memory, connections, persistence points, and what the system says of its own
//! files. It reads, and changes nothing.
