"""RunPod, rehearsed on this computer: nothing is rented, nothing is paid, pods are processes here."""
